default_scope = 'mmpretrain'
custom_imports = dict(imports=['regioncl_mm'], allow_failed_imports=False)

default_hooks = dict(
    # Reads losses from the device when they are logged, not at every step.
    runtime_info=dict(type='BufferedRuntimeInfoHook'),
    timer=dict(type='IterTimerHook'),
    # On a CPU: what a step frees is there for the next one.
    host_memory=dict(type='HostMemoryHook'),
    logger=dict(type='LoggerHook', interval=50),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # No file is lost whenever the run is killed.
    checkpoint=dict(
        type='AtomicCheckpointHook', interval=10, max_keep_ckpts=3
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    # `--resume` goes on exactly; another model or other data is refused.
    resume=dict(type='ResumeHook'),
    # SIGTERM, SIGUSR1 and Ctrl-C save first; a rank that hangs is named.
    preemption=dict(type='PreemptionHook'),
    rank_watch=dict(type='RankWatchHook'),
    # Ends a run whose loss, gradient or weights are NaN or infinite.
    non_finite=dict(type='NonFiniteHook'),
    # Of a classifier: classes, head and pictures, before its first step.
    check_classifier=dict(type='CheckClassifierHook'),
    check_rate=dict(type='CheckRateHook'),
    collapse=dict(type='CollapseHook'),
    skipped_images=dict(type='SkippedImagesHook'),
)

env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)

visualizer = dict(
    type='UniversalVisualizer',
    vis_backends=[
        dict(type='LocalVisBackend'),
        dict(type='TensorboardVisBackend'),
    ],
)

log_level = 'INFO'
load_from = None
resume = False

# Every process draws rectangles of its own (paper, A.5: more of them help);
# weights and queue are still those of process 0.
randomness = dict(seed=None, diff_rank_seed=True, deterministic=False)

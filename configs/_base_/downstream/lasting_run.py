# What a run of days needs beside a library's own hooks. A config takes it by
# `default_hooks = _base_.lasting_hooks`.
lasting_hooks = dict(
    # No file is lost whenever the run is killed.
    checkpoint=dict(type='AtomicCheckpointHook'),
    # `--resume` goes on exactly; another model or other data is refused.
    resume=dict(type='ResumeHook'),
    # Ends a run whose loss, gradient or weights are NaN or infinite.
    non_finite=dict(type='NonFiniteHook'),
    # SIGTERM, SIGUSR1 and Ctrl-C save first; a rank that hangs is named.
    preemption=dict(type='PreemptionHook'),
    rank_watch=dict(type='RankWatchHook'),
)

# Measured on AP-10K's val, of which the best epoch is chosen, not on its test.
_base_ = '../td-hm_res50_8xb64-210e_ap10k-256x256.py'

test_dataloader = _base_.val_dataloader  # noqa: F821
test_evaluator = _base_.val_evaluator  # noqa: F821

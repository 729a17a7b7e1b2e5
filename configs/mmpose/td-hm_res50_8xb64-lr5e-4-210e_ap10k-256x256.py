# With mmpose's rate in place of the paper's.
_base_ = './td-hm_res50_8xb64-210e_ap10k-256x256.py'

optim_wrapper = dict(optimizer=dict(lr=5e-4))

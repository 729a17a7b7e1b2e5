"""What tools/pretrain.py does: a folder of pictures becomes a backbone."""

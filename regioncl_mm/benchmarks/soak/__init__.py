"""A run watched for what grows."""

"""What is compared: one file per way to train LeNet, each with a class `LeNet`; README has the contract."""

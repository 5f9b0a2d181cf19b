"""What tests share: stored and simulated experiments, stand-ins for variants, planted mistakes, golden outputs."""

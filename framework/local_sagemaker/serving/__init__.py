"""What serving images share: the HTTP server around a predictor, and the rules by which a script becomes one."""

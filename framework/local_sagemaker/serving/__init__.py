"""All serving images share the HTTP server around a predictor, and the rules that turn a script into a predictor."""

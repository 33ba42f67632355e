"""Explains how much each feature contributes to a prediction: SHAP values and partial dependence."""

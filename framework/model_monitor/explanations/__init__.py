"""Which feature made how much of a prediction: SHAP values and partial dependence."""

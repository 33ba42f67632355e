"""Stands for the package of the same name in AWS's XGBoost images: the functions that training scripts import."""

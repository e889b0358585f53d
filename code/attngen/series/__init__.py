"""Time series: tables and windows, models that forecast, and the experiments of their chapter."""

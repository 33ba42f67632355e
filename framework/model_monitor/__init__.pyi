from model_monitor.api import baseline as baseline
from model_monitor.api import bias as bias
from model_monitor.api import compare as compare
from model_monitor.api import explain as explain
from model_monitor.api_arguments import Report as Report
from model_monitor.monitor_error import MonitorError as MonitorError

@echo off
setlocal
set ELECTRON_RUN_AS_NODE=1
if not defined KUBE_PORT_FORWARD_RUNTIME set KUBE_PORT_FORWARD_RUNTIME=node
"%KUBE_PORT_FORWARD_RUNTIME%" "%~dp0..\dist\cli.js" %*

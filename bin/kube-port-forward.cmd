@echo off
setlocal
if not defined KUBE_PORT_FORWARD_RUNTIME set KUBE_PORT_FORWARD_RUNTIME=node
rem There is no such label: cmd leaves this file before it runs the rest of the line, so that Ctrl-C asks nothing (npm's commands do the same).
rem A cmd of its own has the variable, which would stay in the terminal otherwise.
endlocal & goto #_left_# 2>NUL || title %COMSPEC% & "%COMSPEC%" /d /c set "ELECTRON_RUN_AS_NODE=1"^&"%KUBE_PORT_FORWARD_RUNTIME%" "%~dp0..\dist\cli.js" %*

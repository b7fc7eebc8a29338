@echo off
rem Lists, checks, imports, installs and pushes models, as sightline-models does elsewhere.
setlocal enabledelayedexpansion
call "%~dp0..\elasticsearch-env.bat" || exit /b 1
%JAVA% -XX:+UseSerialGC -Djava.awt.headless=true --enable-native-access=ALL-UNNAMED %CLI_JAVA_OPTS% ^
  -Dsightline.bundled="!ES_HOME!\plugins\sightline\models" ^
  -Dsightline.models="!ES_PATH_CONF!\sightline\models" ^
  -cp "!ES_HOME!\plugins\sightline\*" org.sightline.cli.SightlineModels %*
exit /b %ERRORLEVEL%

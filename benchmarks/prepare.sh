# Sourced by the commands of this folder: builds what they run, and runs it.

# Builds in the checkout $1, silently unless it fails.
build_benchmarks() {
  . "$1/build-rules/find-jdk.sh"
  JAVA_HOME="$(find_jdk)"
  export JAVA_HOME
  mkdir -p "$1/.cache"
  if ! (cd "$1" && MAVEN_OPTS="$(maven_options)" "$(find_maven "$1")" -B -ntp -pl benchmarks -am \
    -Dmaven.test.skip=true -Dspotless.check.skip=true -Dcheckstyle.skip=true \
    -Dforbiddenapis.skip=true package) >"$1/.cache/benchmarks-build.log" 2>&1; then
    tail -n 40 "$1/.cache/benchmarks-build.log" >&2
    return 1
  fi
}

# Runs the driver $2 of the checkout $1 with the rest of the arguments.
run_benchmark() {
  local root="$1" driver="$2"
  shift 2
  "$JAVA_HOME/bin/java" -Xmx2g --enable-native-access=ALL-UNNAMED \
    -cp "$root/benchmarks/target/classes:$root/benchmarks/target/lib/*" \
    "org.sightline.benchmarks.$driver" "$root" "$@"
}

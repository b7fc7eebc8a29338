# Sourced by the root commands. find_jdk prints the home of a JDK that is new enough, whatever the
# default one is: Elasticsearch and the build need 21, the machine's `java` may be older or missing.
# Works with the bash 3.2 of macOS.

SIGHTLINE_MINIMUM_JDK=21

# The feature version of the JDK at $1, or nothing where there is no compiler or no answer.
jdk_version() {
  local home="$1" version=""
  [ -x "$home/bin/java" ] && [ -x "$home/bin/javac" ] || return 0
  if [ -r "$home/release" ]; then
    version="$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" | head -n 1)"
  fi
  if [ -z "$version" ]; then
    version="$("$home/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p' | head -n 1)"
  fi
  printf '%s' "$version"
}

# Where a JDK may be, one a line, the user's own choice first.
jdk_candidates() {
  local link pattern candidate
  [ -n "${JAVA_HOME:-}" ] && printf '%s\n' "$JAVA_HOME"
  link="$(command -v javac || true)"
  if [ -n "$link" ]; then
    while [ -L "$link" ]; do
      candidate="$(readlink "$link")"
      case "$candidate" in
        /*) link="$candidate" ;;
        *) link="$(dirname "$link")/$candidate" ;;
      esac
    done
    printf '%s\n' "$(dirname "$(dirname "$link")")"
  fi
  if [ -x /usr/libexec/java_home ]; then
    /usr/libexec/java_home -v "$SIGHTLINE_MINIMUM_JDK+" 2>/dev/null || true
  fi
  for pattern in /usr/lib/jvm /usr/lib64/jvm /usr/java /opt/java /opt/jdk /opt/jvm /opt \
    "${SDKMAN_DIR:-$HOME/.sdkman}/candidates/java" "$HOME/.jdks" "$HOME/.jabba/jdk" \
    "$HOME/.asdf/installs/java" "$HOME/.local/share/mise/installs/java" "$HOME/.gradle/jdks"; do
    for candidate in "$pattern"/*; do
      printf '%s\n' "$candidate"
    done
  done
  for candidate in /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
    /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    printf '%s\n' "$candidate"
  done
}

# Prints the home of the first JDK that is new enough; says what was found and fails otherwise.
find_jdk() {
  local home version seen=""
  while IFS= read -r home; do
    version="$(jdk_version "$home")"
    [ -n "$version" ] || continue
    if [ "$version" -ge "$SIGHTLINE_MINIMUM_JDK" ]; then
      printf '%s\n' "$home"
      return 0
    fi
    seen="$seen $home ($version)"
  done <<EOF
$(jdk_candidates)
EOF
  echo "No JDK $SIGHTLINE_MINIMUM_JDK or newer was found. Install one (https://adoptium.net) or set JAVA_HOME to it." >&2
  [ -z "$seen" ] || echo "Found, but too old:$seen" >&2
  return 1
}

# Prints the Maven to use in the checkout $1: the installed one where it is new enough, the wrapper otherwise.
find_maven() {
  local version
  if command -v mvn >/dev/null 2>&1; then
    version="$(mvn -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)"
    case "$version" in
      3.[6-9] | 3.[1-9][0-9] | 4.*)
        command -v mvn
        return 0
        ;;
    esac
  fi
  printf '%s\n' "$1/mvnw"
}

# Prints MAVEN_OPTS for the JDK at JAVA_HOME: newer ones warn about what Maven's own libraries do.
maven_options() {
  local quiet=""
  [ "$(jdk_version "$JAVA_HOME")" -lt 24 ] || quiet="--sun-misc-unsafe-memory-access=allow --enable-native-access=ALL-UNNAMED"
  printf '%s %s' "${MAVEN_OPTS:-}" "$quiet"
}

# Packages the modules $2 (comma-separated) of the checkout $1 without tests and checks, silently unless it fails.
build_modules() {
  local log="$1/.cache/build.log"
  JAVA_HOME="$(find_jdk)" || return 1
  export JAVA_HOME
  mkdir -p "$1/.cache"
  if ! (cd "$1" && MAVEN_OPTS="$(maven_options)" "$(find_maven "$1")" -B -ntp -pl "$2" -am \
    -Dmaven.test.skip=true -Dspotless.check.skip=true -Dcheckstyle.skip=true \
    -Dforbiddenapis.skip=true package) >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    return 1
  fi
}

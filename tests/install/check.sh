#!/usr/bin/env bash
# Installs the library into an empty folder and builds a program outside the tree against it, with the shared and
# with the static library: check.sh SOURCE_ROOT BUILD_FOLDER COMPILER...
set -u
source_root=$1 build=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0 failed=0

# expect WHAT COMMAND... — one test: the command succeeds.
expect() {
  local what=$1
  shift
  if "$@" >"$work/output" 2>&1; then
    echo "ok $what"
    passed=$((passed + 1))
  else
    echo "FAIL $what"
    sed 's/^/  /' "$work/output"
    failed=$((failed + 1))
  fi
}

expect 'the library installs' meson install -C "$build" --no-rebuild --quiet --destdir "$work/root"
pc=$(find "$work/root" -name adora.pc)
library=$(dirname "$(dirname "${pc:-/none/none}")")
export PKG_CONFIG_PATH=$(dirname "${pc:-none}") LD_LIBRARY_PATH=$library
prefix=$work/root$(pkg-config --variable=prefix adora 2>/dev/null)
cp "$source_root/tests/install/outside.cpp" "$work/outside.cpp"
cd "$work" || exit 1

# The compiler's own options (a sanitizer's, say) are those the library was built with.
shared() { "$@" outside.cpp -o shared $(pkg-config --define-variable=prefix="$prefix" --cflags --libs adora); }
static() {
  local libs
  libs=$(pkg-config --define-variable=prefix="$prefix" --static --libs adora) || return 1
  "$@" outside.cpp -o static $(pkg-config --define-variable=prefix="$prefix" --cflags adora) ${libs/-ladora/-l:libadora.a}
}
no_shared_adora() { ! ldd ./static | grep -q libadora; }
op_lines() { [ "$(sed -n '/^struct Snake/,/^const Op/p' outside.cpp | grep -c .)" -le 12 ]; }
no_line_of_the_tree() { ! grep -rq "$source_root" "$work/root" --include='*.pc' --include='*.h'; }

expect 'a program outside the tree builds with pkg-config' shared "$@"
expect 'its own op has the right gradients' ./shared
expect 'it builds with the static library' static "$@"
expect 'and runs' ./static
expect 'without the shared one' no_shared_adora
# The README's programs, as they stand there.
readme() {
  local number=$1
  shift
  awk -v wanted="$number" '
    /^```cpp/ { inside = 1; text = ""; next }
    /^```$/ { if (inside && text ~ /int main/ && ++count == wanted) printf "%s", text; inside = 0 }
    inside { text = text $0 "\n" }' "$source_root/README.md" >readme.cpp
  "$@" readme.cpp -o readme $(pkg-config --define-variable=prefix="$prefix" --cflags --libs adora) && ./readme >readme.txt
}
learns() { awk '$1 == "step" { if (!first) first = $4; last = $4 } END { exit !(last > 0 && last < 0.7 * first) }' readme.txt; }
short() { [ "$(wc -l <readme.cpp)" -le 18 ]; }
for number in 1 2; do
  expect "the README's program $number builds and runs" readme "$number" "$@"
  expect 'it has at most 18 lines' short
  expect 'and its loss falls' learns
done
# Programs to learn from can be taken out of the tree as they are.
learn() {
  local program=$1
  shift
  cp "$source_root/examples/learn/$program.cpp" .
  "$@" "$program.cpp" -o "$program" $(pkg-config --define-variable=prefix="$prefix" --cflags --libs adora) && "./$program"
}
for program in new_op scalar; do
  expect "examples/learn/$program.cpp builds and runs outside the tree" learn "$program" "$@"
done
# Without an installation: by pkg-config from the build folder, and as a subproject, of which the program alone is compiled.
uninstalled() {
  PKG_CONFIG_PATH=$build/meson-uninstalled pkg-config --uninstalled adora || return 1
  "$@" outside.cpp -o uninstalled $(PKG_CONFIG_PATH=$build/meson-uninstalled pkg-config --cflags --libs adora) &&
    LD_LIBRARY_PATH=$build ./uninstalled
}
subproject() {
  mkdir -p project/subprojects && ln -sfn "$source_root" project/subprojects/adora && cp outside.cpp project &&
    cat >project/meson.build <<'MESON' &&
project('toy', 'cpp', default_options: 'cpp_std=c++20')
executable('toy', 'outside.cpp', dependencies: dependency('adora', fallback: 'adora'))
MESON
    CXX="$*" meson setup project/build project --force-fallback-for=adora -Dadora:cuda=disabled && ninja -C project/build toy.p/outside.cpp.o
}
expect 'a program builds against the build folder, with adora-uninstalled.pc' uninstalled "$@"
expect 'and in a project that has adora as a subproject' subproject "$@"
expect 'an op takes at most 12 lines' op_lines
expect 'what is installed does not name the source tree' no_line_of_the_tree
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

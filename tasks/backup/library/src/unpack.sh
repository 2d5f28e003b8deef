# Puts a tar archive from its standard input in the place of what is in /volume, or leaves that as it is.
#
# $1: the SHA-256 that the input must have.
#
# The archive is unpacked beside what is there. When all of it is there and its checksum is right, the two change places, in steps
# that the next call finishes where this one is killed.
set -u
old=/volume/.infra-old new=/volume/.infra-new
workers=
stop() {
  # shellcheck disable=SC2086 # they are words
  [ -z "$workers" ] || kill -9 $workers 2>/dev/null
  rm -rf "$new"
  echo "stopped; the volume is as it was" >&2
  exit 5
}

move() {
  for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
    case "$entry" in */.infra-old | */.infra-new | */.infra-moving | */.infra-moved) continue ;; esac
    if [ -e "$entry" ] || [ -L "$entry" ]; then mv "$entry" "$2/" || return 1; fi
  done
}

change_places() {
  trap '' TERM INT HUP
  if [ ! -e /volume/.infra-moved ]; then
    mkdir -p "$old" && move /volume "$old" && mv /volume/.infra-moving /volume/.infra-moved || return 1
  fi
  move "$new" /volume || return 1
  [ ! -d "$new" ] || { chmod "$(stat -c %a "$new")" /volume && chown "$(stat -c %u:%g "$new")" /volume; } || return 1
  rm -rf "$new" "$old" && rm -f /volume/.infra-moved && sync
}

work=$(mktemp -d) || exit 1
exec 3<&0
if [ -e /volume/.infra-moving ] || [ -e /volume/.infra-moved ]; then
  change_places || { echo "an earlier restore cannot be finished" >&2; exit 2; }
fi
trap stop TERM INT HUP
rm -rf "$new"
mkdir "$new" && mkfifo "$work/sum" "$work/tar" || exit 2
sha256sum <"$work/sum" >"$work/found" &
summer=$!
tar -xf - -C "$new" <"$work/tar" 2>"$work/log" &
worker=$!
# What tar leaves of its input counts for the checksum all the same.
(trap '' PIPE; exec tee "$work/sum" <&3 >"$work/tar" 2>/dev/null) &
workers="$worker $!"
wait "$!"
wait "$worker"
ended=$?
workers=
wait "$summer"
if [ "$ended" != 0 ]; then
  rm -rf "$new"
  echo "$(tail -n 5 "$work/log"); the volume is as it was" >&2
  exit 3
fi
read -r found _ <"$work/found"
if [ "$found" != "$1" ]; then
  rm -rf "$new"
  echo "the input ended too early, or is not the backup; the volume is as it was" >&2
  exit 4
fi
sync
: >/volume/.infra-moving && change_places

#compdef infra infraw
_infra() {
    local line word
    local -a lines open shown_open done shown_done
    lines=("${(@f)$("${words[1]/#\~/$HOME}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    for line in "${lines[@]}"; do
        [[ -z $line ]] && continue
        word="${line%%$'\t'*}"
        if [[ $word == *= ]]; then
            open+=("$word")
            shown_open+=("$word  ${line#*$'\t'}")
        else
            done+=("$word")
            shown_done+=("$word  ${line#*$'\t'}")
        fi
    done
    if (( ${#open} + ${#done} == 0 )); then
        _files
        return
    fi
    (( ${#open} )) && compadd -S '' -l -d shown_open -a open
    (( ${#done} )) && compadd -l -d shown_done -a done
    return 0
}
if [[ $funcstack[1] == _infra ]]; then
    _infra "$@"
else
    compdef _infra infra infraw
fi

_infra() {
    local before="${COMP_LINE:0:COMP_POINT}" word begun
    local -a words
    # By blanks alone: bash would break NAME=VALUE too.
    IFS=$' \t\n' read -ra words <<<"$before"
    [[ $before == *[[:space:]] ]] && words+=("")
    local current="${words[${#words[@]} - 1]}"
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        COMPREPLY+=("$word")
    done < <("${words[0]/#\~/$HOME}" complete -- "${words[@]:1}" 2>/dev/null)
    # What bash replaces begins behind the last break.
    begun=""
    [[ $COMP_WORDBREAKS == *=* && $current == *=* ]] && begun="${current%"${current##*=}"}"
    [[ -n $begun ]] && COMPREPLY=("${COMPREPLY[@]#"$begun"}")
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
    return 0
}
complete -o default -F _infra infra infraw ./infraw

# A command that is not infra goes to the completer that was there before.
let infra_before = ($env.config.completions?.external?.completer?)
$env.config.completions.external.enable = true
$env.config.completions.external.completer = {|spans: list<string>|
    if ($spans | first | path basename) in [infra infraw] {
        let found = (^($spans | first) complete -- ...($spans | skip 1) | lines | split column "\t" value description)
        # Where nothing is known, there may be a file.
        if ($found | is-empty) { null } else { $found }
    } else if $infra_before != null {
        do $infra_before $spans
    } else {
        null
    }
}

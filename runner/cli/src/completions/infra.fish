complete -c infra -f -a '(infra complete -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
complete -c infra -s C -l directory -r -F
complete -c infra -s f -l file -r -F
complete -c infra -l policy -r -F
complete -c infra -l html -r -F
complete -c infra -l junit -r -F
complete -c infra -l trace -r -F

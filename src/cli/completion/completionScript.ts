import type { Shell } from '../commands.ts';
import { COMPLETE_COMMAND } from './completeCommand.ts';

/** Returns the script that a shell loads to complete words of this command. */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

const BASH = `# Completion of kube-port-forward for bash. In ~/.bashrc:  source <(kube-port-forward completion bash)
_kube_port_forward() {
  local line="\${COMP_LINE:0:COMP_POINT}" current value breaks='' prefix=''
  local -a words
  read -ra words <<< "$line"
  current="\${line##*[[:space:]]}"
  if [[ -n "$current" ]]; then unset 'words[\${#words[@]}-1]'; fi
  # Readline replaces only what is behind the last of these.
  [[ "$COMP_WORDBREAKS" == *:* ]] && breaks=':'
  [[ "$COMP_WORDBREAKS" == *=* ]] && breaks="$breaks="
  [[ -n "$breaks" ]] && prefix="\${current%"\${current##*[$breaks]}"}"
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    COMPREPLY+=("$(printf '%q' "\${value#"$prefix"}")")
  done < <("\${words[0]}" ${COMPLETE_COMMAND} "=$current" "\${words[@]:1}" 2>/dev/null)
  if [[ \${#COMPREPLY[@]} -eq 1 && "\${COMPREPLY[0]}" == *[/=] ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _kube_port_forward kube-port-forward
`;

const ZSH = `#compdef kube-port-forward
# Completion of kube-port-forward for zsh. In ~/.zshrc, after compinit:  source <(kube-port-forward completion zsh)
compdef _kube_port_forward kube-port-forward

_kube_port_forward() {
  local value description
  local -a values prefixes
  while IFS=$'\\t' read -r value description; do
    if [[ "$value" == *[/=] ]]; then
      prefixes+=("\${value//:/\\\\:}\${description:+:$description}")
    else
      values+=("\${value//:/\\\\:}\${description:+:$description}")
    fi
  done < <("\${words[1]}" ${COMPLETE_COMMAND} "=\${words[CURRENT]}" "\${(@)words[2,CURRENT-1]}" 2>/dev/null)
  if (( \${#values} + \${#prefixes} == 0 )); then
    _files
    return
  fi
  (( \${#prefixes} )) && _describe -t prefixes kube-port-forward prefixes -S ''
  (( \${#values} )) && _describe -t values kube-port-forward values
}

if [ "\${funcstack[1]}" = "_kube_port_forward" ]; then
  _kube_port_forward
fi
`;

const FISH = `# Completion of kube-port-forward for fish. In ~/.config/fish/config.fish:  kube-port-forward completion fish | source
function __kube_port_forward_complete
  set -l before (commandline -opc)
  $before[1] ${COMPLETE_COMMAND} "="(commandline -ct) $before[2..-1] 2>/dev/null
end
complete -c kube-port-forward -e
complete -c kube-port-forward -f -a '(__kube_port_forward_complete)'
for option in kubeconfig certificate-authority client-certificate client-key
  complete -c kube-port-forward -l $option -r -F
end
`;

const POWERSHELL = `# Completion of kube-port-forward for PowerShell. In $PROFILE:  kube-port-forward completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName 'kube-port-forward' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  # The value of a quoted word has no quotes.
  $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {
    if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { "$_" }
  })
  $before = @($words | Select-Object -Skip 1)
  $current = $wordToComplete -replace '^["'']|["'']$'
  & $words[0] ${COMPLETE_COMMAND} "=$current" @before 2>$null | ForEach-Object {
    $value, $description = $_ -split "\`t", 2
    if (-not $description) { $description = $value }
    # A context may have any name, which must not run as code.
    $text = $value
    if ($value -notmatch '^[\\w./:=-][\\w./:=@-]*$') {
      $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($value) + "'"
    }
    [System.Management.Automation.CompletionResult]::new($text, $value, 'ParameterValue', $description)
  }
}
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };

/**
 * `jurat completion`: scripts for bash, zsh and fish, made from the commands themselves.
 * @module
 */
import { Argument } from 'commander'
import type { Command } from 'commander'
import type { Register } from '../runner.ts'

type Shell = 'bash' | 'zsh' | 'fish'

/** Adds the command. */
export const registerCompletion: Register = (parent, run) => {
  parent
    .command('completion')
    .description(run.help('cli.help.completion'))
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(
      run.action<[Shell]>((context, [shell]) => {
        context.output.raw(completionScript(parent, shell))
      }),
    )
}

/** The words that may follow each command: its subcommands and options. */
interface Place {
  /** The command's words without `jurat`, joined by spaces; empty for `jurat` itself. */
  readonly path: string
  readonly words: readonly string[]
}

function places(root: Command): Place[] {
  const found: Place[] = []
  const globals = root.options.flatMap((option) => (option.long ? [option.long] : []))
  const visit = (command: Command, path: readonly string[]): void => {
    const own = command.options.flatMap((option) => (option.long ? [option.long] : []))
    const commands = command.commands.map((each) => each.name())
    found.push({ path: path.join(' '), words: [...new Set([...commands, ...own, ...globals, '--help'])] })
    for (const each of command.commands) visit(each, [...path, each.name()])
  }
  visit(root, [])
  return found
}

function completionScript(root: Command, shell: Shell): string {
  const all = places(root)
  if (shell === 'fish') return fishScript(all)
  // zsh runs bash completions; one script is one thing to keep right.
  const zshHead = shell === 'zsh' ? '#compdef jurat\nautoload -Uz bashcompinit && bashcompinit\n' : ''
  return zshHead + bashScript(all)
}

function bashScript(all: readonly Place[]): string {
  const cases = all.map(({ path, words }) => `    '${path}') words='${words.join(' ')}' ;;`)
  const known = all.map(({ path }) => `'${path}'`).join('|')
  return `_jurat() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path='' next words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="\${path:+$path }$word"
    case "$next" in ${known}) path="$next" ;; esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ \${#COMPREPLY[@]} -eq 0 ]]; then COMPREPLY=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _jurat jurat
`
}

function fishScript(all: readonly Place[]): string {
  const lines = all.map(({ path, words }) => {
    const condition =
      path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1) ?? ''}`
    return `complete -c jurat -n '${condition}' -a '${words.join(' ')}'`
  })
  return `${lines.join('\n')}\n`
}

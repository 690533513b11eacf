import { stripVTControlCharacters as visible } from 'node:util'

/** A line of a list or a hint: what is broken between words. Everything else may be meant to be copied. */
const item = /^( *)([✓✗?+·−!└…] |(?:error|hint|because|remains): |from )/

/** Breaks the lines of lists between words where they are wider than the terminal, and hangs the rest under their first word. */
export const wrapped = (text: string, columns: number): string =>
  text
    .split('\n')
    .map((line) => wrapLine(line, columns))
    .join('\n')

function wrapLine(line: string, columns: number): string {
  const [, spaces = '', mark] = item.exec(visible(line)) ?? []
  if (mark === undefined || visible(line).length <= columns) return line
  const indent = ' '.repeat(spaces.length + 2)
  const [first = '', ...words] = line.trimStart().split(' ')
  const lines: string[] = []
  let current = spaces + first
  for (const word of words) {
    if (visible(current).length + 1 + visible(word).length <= columns) current += ` ${word}`
    else {
      lines.push(current)
      current = indent + word
    }
  }
  return [...lines, current].join('\n')
}

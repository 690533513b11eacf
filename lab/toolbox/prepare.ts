import { catalogue, type Entry, type ToolName } from './catalogue.ts'
import { tool } from './tool.ts'

// node lab/toolbox/prepare.ts [TOOL…]
// Fetches the tools (all, if none is named) and says which version of each is there, or why it is not.

const known = Object.keys(catalogue) as ToolName[]
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !known.some((tool) => tool === name))
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(', ')}. Known: ${known.join(', ')}`)
  process.exit(64)
}

for (const name of asked.length > 0 ? known.filter((tool) => asked.includes(tool)) : known) {
  const found = await tool(name)
  console.log(
    'missing' in found
      ? `- ${found.missing}`
      : `✓ ${name} ${found.version} (${placeOf(found.from)})`,
  )
}

function placeOf(from: Entry['from']): string {
  if (from === 'here') return 'this system'
  return from === 'go' ? 'built from its Go module' : `Debian ${from}`
}

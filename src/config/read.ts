import { LineCounter, isMap, isNode, isSeq, parseDocument, type Document } from 'yaml'

import type { Complaint, Path } from './complaint.ts'

/** The file as data, and where each part of it stands. */
export type ReadFile = {
  readonly value: unknown
  readonly complaints: readonly Complaint[]
  /** The line of the deepest part of the path that the file contains. */
  lineOf(path: Path): number | undefined
}

/** Reads YAML 1.2. An empty file is an empty configuration; syntax errors are complaints with lines. */
export function readYaml(text: string): ReadFile {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const complaints = document.errors.map((error) => ({
    path: '',
    line: lines.linePos(error.pos[0]).line,
    // The library's own message may quote the file, and with it a secret.
    says: `is not valid YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`,
  }))
  return {
    value: complaints.length > 0 ? undefined : (valueOf(document) ?? {}),
    complaints,
    lineOf: (path) => lineOf(document, lines, path),
  }
}

function valueOf(document: Document): unknown {
  return document.toJS({ maxAliasCount: 20 })
}

function lineOf(document: Document, lines: LineCounter, path: Path): number | undefined {
  let node: unknown = document.contents
  let line: number | undefined
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === String(part))
      if (!pair) break
      if (isNode(pair.key) && pair.key.range) line = lines.linePos(pair.key.range[0]).line
      node = pair.value
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part]
      if (isNode(node) && node.range) line = lines.linePos(node.range[0]).line
    } else break
  }
  return line
}

import type { Plan } from '../../core/safeguard.ts'
import { isOurs, type Do, type Observed } from './types.ts'

/** Puts a record back as it was, as far as nobody changed it since. Never makes the home address public again. */
export function undo(did: Do, { records }: Observed): Plan<Do> {
  switch (did.verb) {
    case 'create': {
      const { type, name, content } = did.record
      const made = records.find(
        (record) => isOurs(record) && record.type === type && record.name === name,
      )
      if (!made) return nothing(`${type} ${name} is gone already`)
      if (made.content !== content) return nothing(`${type} ${name} was changed since`)
      return {
        steps: [
          {
            says: `delete ${type} ${name} → ${content}`,
            does: { verb: 'delete', id: made.id, was: made },
          },
        ],
        left: [],
      }
    }
    case 'patch': {
      const { id, type, name, was, now } = did
      const there = records.find((record) => record.id === id)
      if (!there) return nothing(`${type} ${name} is gone`)
      const changed =
        (now.content !== undefined && there.content !== now.content) ||
        (now.proxied !== undefined && there.proxied !== now.proxied)
      if (changed) return nothing(`${type} ${name} was changed since`)
      const left =
        was.proxied === false
          ? [`${type} ${name} stays proxied: without that the home address is public`]
          : []
      if (was.content === undefined) return { steps: [], left }
      const step = {
        says: `update ${type} ${name}: ${there.content} → ${was.content}`,
        does: {
          verb: 'patch',
          id,
          type,
          name,
          was: { content: there.content },
          now: { content: was.content },
        },
      } as const
      return { steps: [step], left }
    }
    case 'delete': {
      const { type, name, content, comment } = did.was
      if (type !== 'A' && type !== 'AAAA')
        return nothing(`${type} ${name} → ${content} is not put back`)
      if (
        records.some(
          (record) => record.name === name && (record.type === type || record.type === 'CNAME'),
        )
      )
        return nothing(`${name} has another record now`)
      const record = { type, name, content, proxied: true, ttl: 1, comment } as const
      return {
        steps: [
          {
            says: `create ${type} ${name} → ${content}, proxied`,
            does: { verb: 'create', record },
          },
        ],
        left: [],
      }
    }
  }
}

const nothing = (because: string): Plan<Do> => ({ steps: [], left: [because] })

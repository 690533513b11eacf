import { z } from 'zod'

import type { User } from '../../core/second-factor.ts'
import type { Session } from './session.ts'

const list = z.array(
  z.object({
    id: z.string(),
    name: z.string().nullable(),
    username: z.string().nullish(),
    is_owner: z.boolean(),
    is_active: z.boolean(),
    local_only: z.boolean(),
    system_generated: z.boolean(),
    group_ids: z.array(z.string()),
  }),
)

/**
 * The people who can sign in, as an administrator sees them: without the users that Home Assistant made for itself, and
 * without a word about second factors, which it tells nobody but the user.
 */
export async function listUsers(open: Session): Promise<readonly User[]> {
  const users = await open.command({ type: 'config/auth/list' }, list)
  return users
    .filter((user) => !user.system_generated)
    .map((user) => ({
      id: user.id,
      name: user.name ?? user.username ?? 'a user without a name',
      isAdmin: user.is_owner || user.group_ids.includes('system-admin'),
      isActive: user.is_active,
      localOnly: user.local_only,
    }))
}

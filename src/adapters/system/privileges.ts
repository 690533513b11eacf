import { chown, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'

import { Problem, reasonOf } from '../../core/problem.ts'

/**
 * Gives up being root for good, and keeps what this user has to write: the folder and all in it are given to them first.
 * Does nothing for a process that is not root. Throws Problem `system/privileges` where it cannot, so that nothing goes
 * on as root that meant not to.
 */
export async function becomeUser(
  user: { readonly uid: number; readonly gid: number },
  folder: string,
): Promise<void> {
  if (process.getuid?.() !== 0) return
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await give(folder, user)
    process.setgroups?.([user.gid])
    process.setgid?.(user.gid)
    process.setuid?.(user.uid)
  } catch (cause) {
    throw new Problem(
      'system/privileges',
      `cannot go on as user ${user.uid} (${reasonOf(cause)})`,
      {
        hint: 'the process needs the capabilities CHOWN, SETGID and SETUID for this one step',
        cause,
      },
    )
  }
}

async function give(
  path: string,
  user: { readonly uid: number; readonly gid: number },
): Promise<void> {
  await chown(path, user.uid, user.gid)
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const inside = join(path, entry.name)
    // A link is not followed: what it names may not be ours.
    if (entry.isDirectory()) await give(inside, user)
    else if (entry.isFile()) await chown(inside, user.uid, user.gid)
  }
}

import { InvalidArgumentError } from 'commander'

// What an option is to look like. Each throws InvalidArgumentError, which commander puts behind the name of the option.

export function daysOf(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 36_500)
    throw new InvalidArgumentError('it is not a number of days, like 30')
  return days
}

export function userOf(text: string): { uid: number; gid: number } {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(text) ?? []
  if (uid === undefined || gid === undefined) throw new InvalidArgumentError('it is not uid:gid')
  return { uid: Number(uid), gid: Number(gid) }
}

export function listenOf(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || !(port <= 65535))
    throw new InvalidArgumentError('it is not address:port')
  return { host, port }
}

import { factsOf } from '../../core/certificate.ts'
import { absent, known, unknown, type Fact } from '../../core/fact.ts'
import { reasonOf } from '../../core/problem.ts'
import type { Desired, Observed, Port, Stored } from './types.ts'

/** What is stored, when it is to be renewed, and where copies lie. */
export async function observe(
  desired: Pick<Desired, 'names' | 'copyTo'>,
  port: Port,
  signal: AbortSignal,
): Promise<Observed> {
  const loaded = await port.load()
  const stored: Fact<Stored> = loaded === undefined ? absent : read(loaded)
  return {
    stored,
    renewAt:
      loaded !== undefined && stored.is === 'known' ? await window(loaded, port, signal) : absent,
    rehearsed: await port.rehearsed(desired.names),
    attempts: await port.attempts(),
    copied: await copied(desired.copyTo, port),
    keyReadable: await port.keyReadableByOthers(),
    now: port.now(),
  }
}

function read({
  chainPem,
  directory,
}: {
  readonly chainPem: string
  readonly directory: string
}): Fact<Stored> {
  try {
    return known({ ...factsOf(chainPem), directory })
  } catch {
    // A damaged file serves nobody: a new certificate is what is needed.
    return absent
  }
}

async function window(
  loaded: { readonly chainPem: string; readonly directory: string },
  port: Port,
  signal: AbortSignal,
): Promise<Fact<Date>> {
  try {
    const moment = await port.renewAt(loaded.chainPem, loaded.directory, signal)
    return moment === undefined ? absent : known(moment)
  } catch (error) {
    signal.throwIfAborted()
    return unknown(reasonOf(error))
  }
}

async function copied(folder: string | undefined, port: Port): Promise<Fact<string>> {
  if (folder === undefined) return absent
  const fingerprint = await port.copiedIn(folder)
  return fingerprint === undefined ? absent : known(fingerprint)
}

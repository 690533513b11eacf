import { certificateStore } from '../adapters/system/certificate-store.ts'
import { factsOf } from '../core/certificate.ts'
import type { DataFolder } from '../core/data-folder.ts'
import type { Board } from './board.ts'
import type { TriggerSource } from './trigger.ts'

/** Keeps the certificate on the board: read at the start, and after each look at it. Asks for no look itself. */
export const certificateStatus =
  (folder: DataFolder, board: Board): TriggerSource =>
  async (_fire, signal) => {
    const store = certificateStore(folder)
    const show = async (): Promise<void> => {
      const stored = await store.load()
      const facts = stored && factsOf(stored.chainPem)
      board.put({
        certificate: facts
          ? {
              names: facts.names,
              notBefore: facts.notBefore.toISOString(),
              notAfter: facts.notAfter.toISOString(),
              fingerprint: facts.fingerprint,
            }
          : null,
      })
    }
    await show()
    await new Promise<void>((resolve, reject) => {
      const listening = board.subscribe((event) => {
        if (event.is === 'looked' && event.safeguard.name === 'certificate') show().catch(reject)
      })
      signal.addEventListener('abort', () => {
        listening[Symbol.dispose]()
        resolve()
      })
    })
  }

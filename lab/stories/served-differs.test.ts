import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'

import { until } from '../telling/server.ts'
import { startWorld, type World } from '../world/world.ts'

// `tls: home-assistant`: it reads its files when it starts, and may serve another certificate than the stored one.

const code = 'certificate/served-differs'
const status = z.object({ findings: z.array(z.object({ code: z.string() })).default([]) })

test(
  'the keeper sees that Home Assistant serves another certificate, and when it does no longer',
  { timeout: 100_000 },
  async (t) => {
    const world = await startWorld({ withVantage: false })
    t.after(() => world.close())
    const files = await letHomeAssistantServe(world)
    const applied = await world.run(['apply', '--yes'])
    assert.equal(applied.code, 0, applied.stdout + applied.stderr)
    const keeper = await world.start(['run'], /Ctrl-C stops it/)
    const isFound = async (): Promise<boolean> => {
      keeper.kill('SIGHUP')
      const { stdout } = await world.run(['status', '--json'])
      return status.parse(JSON.parse(stdout)).findings.some((finding) => finding.code === code)
    }
    assert.equal(await isFound(), false)

    const ours = await readBoth(files)
    const other = await world.publicAuthority.issue({ names: [world.name] })
    await writeBoth(files, [other.certificatePem, other.keyPem])
    await world.homeAssistant.restart()
    await writeBoth(files, ours)
    await until(isFound, () => 'it is seen')

    await world.homeAssistant.restart()
    await until(
      async () => !(await isFound()),
      () => 'its end is seen',
    )
  },
)

/** Has TLS end at Home Assistant; answers the folder that it reads its certificate from. */
async function letHomeAssistantServe({ configuration, folder }: World): Promise<string> {
  const files = join(folder, 'ssl')
  await mkdir(files)
  const text = await readFile(configuration, 'utf8')
  const more = `certificate_folder: ${files}, certificate_folder_inside: ${files}`
  await writeFile(
    configuration,
    `${text.replace(/(home_assistant: .*) \}/u, `$1, ${more} }`)}tls: home-assistant\n`,
  )
  return files
}

const names = ['fullchain.pem', 'privkey.pem']
const readBoth = (files: string): Promise<string[]> =>
  Promise.all(names.map((name) => readFile(join(files, name), 'utf8')))
async function writeBoth(files: string, texts: readonly string[]): Promise<void> {
  for (const [i, name] of names.entries()) await writeFile(join(files, name), texts[i] ?? '')
}

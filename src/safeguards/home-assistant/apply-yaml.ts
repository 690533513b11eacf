import { Problem } from '../../core/problem.ts'
import { mustBeValid } from './apply-restart.ts'
import { digestOf } from './plan-yaml.ts'
import { mustWork } from './probe.ts'
import type { Do, Port, Yaml, YamlFiles } from './types.ts'
import { editBlock } from './yaml-edit.ts'
import { backupName, beforeName, findHttpBlock } from './yaml-find.ts'

/** Boots of the slowest machines. */
const restartMs = 600_000

type SetYaml = Extract<Do, { verb: 'set-yaml' }>

/**
 * Edit, check, restart, probe; put back on failure. What was there lies beside the file from before the edit until it is known
 * to work, so that a run that was cut off is taken up, or put back, by the next.
 */
export async function setYaml(does: SetYaml, port: Port, signal: AbortSignal): Promise<void> {
  const files = mustSee(port)
  const yaml = await mustFind(files, does.file)
  const before = yaml.before ?? yaml.text
  if (before === yaml.text) await write(does, yaml, files)
  const putBack = async (error: unknown, end: string): Promise<never> => {
    await files.rename(beforeName(does.file), backupName(does.file))
    throw error instanceof Problem ? extended(error, `${does.file} is as it was${end}`) : error
  }
  try {
    await mustBeValid(port, signal)
  } catch (error) {
    // Cut off by the owner, the next run takes it up.
    signal.throwIfAborted()
    await files.write(does.file, before)
    return await putBack(error, '')
  }
  try {
    await port.restart(restartMs, signal)
    await mustWork(does.expects, port, signal)
  } catch (error) {
    signal.throwIfAborted()
    await files.write(does.file, before)
    const back = await port.restart(restartMs, signal).then(
      () => '',
      () => ', and is used after the next restart of Home Assistant',
    )
    signal.throwIfAborted()
    return await putBack(error, back)
  }
  await files.rename(beforeName(does.file), backupName(does.file))
}

const extended = ({ code, message, hint }: Problem, end: string): Problem =>
  new Problem(code, `${message}; ${end}`, hint === undefined ? {} : { hint })

async function write(does: SetYaml, yaml: Yaml, files: YamlFiles): Promise<void> {
  const edited = editBlock(yaml.text, yaml.included, does.changes)
  if (digestOf(yaml.text) !== does.was || edited === undefined)
    throw new Problem(
      'home-assistant/yaml',
      `${does.file} of Home Assistant was changed meanwhile`,
      {
        hint: 'run the command again',
      },
    )
  await files.write(beforeName(does.file), yaml.text)
  await files.write(does.file, edited)
}

/** Puts back what was there before the change. */
export async function restoreYaml(
  does: Extract<Do, { verb: 'restore-yaml' }>,
  port: Port,
  signal: AbortSignal,
): Promise<void> {
  const files = mustSee(port)
  const { text, backup } = await mustFind(files, does.file)
  if (digestOf(text) === does.now) return
  if (digestOf(text) !== does.was || backup === undefined || digestOf(backup) !== does.now)
    throw new Problem('home-assistant/yaml', `${does.file} of Home Assistant was changed meanwhile`)
  await files.write(does.file, backup)
  await port.restart(restartMs, signal)
}

function mustSee({ yaml }: Port): YamlFiles {
  if (yaml) return yaml
  throw new Problem('home-assistant/yaml', "Home Assistant's configuration is not to be seen here")
}

async function mustFind(files: YamlFiles, file: string): Promise<Yaml> {
  const found = await findHttpBlock(files)
  if (found?.file === file) return found
  throw new Problem('home-assistant/yaml', `\`http:\` is not in ${file} any more`, {
    hint: 'run the command again',
  })
}

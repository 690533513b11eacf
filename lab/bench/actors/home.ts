import { startWorld } from '../../world/world.ts'

// A home in the sandbox, set up, as a process of its own: what the simulators need is not the program's.

const world = await startWorld()
const applied = await world.run(['apply', '--yes'])
if (applied.code !== 0) throw new Error(applied.stderr)
process.send?.({ folder: world.folder, environment: world.environment })
process.once('disconnect', () => void world.close().then(() => process.exit(0)))

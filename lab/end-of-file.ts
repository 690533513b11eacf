import { after } from 'node:test'

// Loaded before each test file: what a test that failed left open must end with its file, and not hang the tier. Not
// --test-force-exit, which ends the file before it has told of all its tests (Node 24.21): they were missing from the count.

/** For the last of what a file has to tell. Milliseconds. */
const grace = 5000

// The runner itself loads this too, and has files to wait for.
if (process.env['NODE_TEST_CONTEXT']?.startsWith('child') === true)
  after(() => void setTimeout(() => process.exit(), grace).unref())

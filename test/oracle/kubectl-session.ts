import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createKubectl } from '../e2e/kubectl.ts'
import { normaliseOutput, session, type Command } from './session.ts'

/** What a command of the session came to. */
export interface Outcome {
  readonly command: Command
  readonly code: number
  readonly text: string
}

/** Gives a ConfigMap another value, as somebody in an editor would. */
const editor = '#!/bin/sh\nsed -i \'s/x: "1"/x: "2"/\' "$1"\n'

/** Plays the session with kubectl against the server of a kubeconfig. */
export async function playSession(kubeconfig: string): Promise<Outcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'session-'))
  const file = join(folder, 'editor.sh')
  await writeFile(file, editor)
  await chmod(file, 0o755)
  const kubectl = await createKubectl(kubeconfig, { KUBE_EDITOR: file })
  try {
    const outcomes: Outcome[] = []
    for (const command of session) {
      const { code, stdout, stderr } = await kubectl(['--namespace=session', ...command.args], command.input)
      outcomes.push({ command, code, text: normaliseOutput(`${stdout}${stderr}`) })
    }
    return outcomes
  } finally {
    await kubectl.close()
    await rm(folder, { recursive: true, force: true })
  }
}

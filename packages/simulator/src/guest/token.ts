import { isNotFound, type Client, secrets } from '@machinepool/kube'

/** Why a machine cannot join now; it goes on trying, as kubeadm does. */
export class JoinRefused extends Error {
  override readonly name = 'JoinRefused'
}

/**
 * Checks a bootstrap token against its Secret in `kube-system`, as the API server's token authenticator does.
 * https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
export async function checkToken(client: Client, token: string, now: number): Promise<void> {
  const [id = '', secret = ''] = token.split('.')
  const data = await readToken(client, id)
  const field = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString()
  if (field('token-id') !== id || field('token-secret') !== secret)
    throw new JoinRefused(`the bootstrap token ${id} is wrong`)
  if (field('usage-bootstrap-authentication') !== 'true')
    throw new JoinRefused(`the bootstrap token ${id} does not serve authentication`)
  const expiration = field('expiration')
  if (expiration !== '' && Date.parse(expiration) <= now)
    throw new JoinRefused(`the bootstrap token ${id} expired at ${expiration}`)
}

async function readToken(client: Client, id: string): Promise<Record<string, string>> {
  try {
    const secret = await client.get(secrets, { namespace: 'kube-system', name: `bootstrap-token-${id}` })
    return secret.data ?? {}
  } catch (error) {
    if (isNotFound(error)) throw new JoinRefused(`there is no bootstrap token ${id}`)
    throw error
  }
}

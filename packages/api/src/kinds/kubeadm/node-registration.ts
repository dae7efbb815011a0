import type { TSchema } from 'typebox'

import * as s from '../../toolkit/schema.ts'
import { argumentList, v1beta1Style, v1beta2Style, word, type Style } from './style.ts'

// How a node registers and finds its cluster: the part of KubeadmConfig that every worker uses.

const taint = () =>
  s.object('One taint.', {
    key: s.text('Key of the taint.'),
    value: s.optional(s.text('Value of the taint.')),
    effect: s.text('NoSchedule, PreferNoSchedule or NoExecute.'),
    timeAdded: s.optional(s.time('When the taint was added.')),
  })

const registration = <A extends TSchema, T extends TSchema>(style: Style, kubeletExtraArgs: A, taints: T) =>
  s.object(
    'How the kubelet registers its Node.',
    {
      name: s.optional(word('Name of the Node; cloud-init variables may be used.', 253)),
      criSocket: s.optional(word('Socket of the container runtime.', 512)),
      taints: s.optional(taints),
      kubeletExtraArgs: s.optional(kubeletExtraArgs),
      ignorePreflightErrors: s.optional(
        style.list('Checks of kubeadm whose errors are only warnings.', word('One check.', 512), 50),
      ),
      imagePullPolicy: s.optional(s.oneOf('When kubeadm pulls images.', ['Always', 'IfNotPresent', 'Never'])),
      imagePullSerial: s.optional(s.boolean('Pull images one after the other.')),
    },
    style.nonEmpty,
  )

export const nodeRegistrationV1Beta1 = () =>
  registration(
    v1beta1Style,
    s.textMap('Arguments for the kubelet.'),
    s.list('Taints of the Node; an empty list means none.', taint(), { maxItems: 100 }),
  )

export const nodeRegistrationV1Beta2 = () =>
  registration(
    v1beta2Style,
    argumentList('Arguments for the kubelet.', 'kubeletExtraArgs'),
    s.list('Taints of the Node; an empty list means none.', taint(), { minItems: 0, maxItems: 100 }),
  )

const discoveryFile = (style: Style) =>
  s.object('Find the cluster through a kubeconfig file.', {
    kubeConfigPath: word('Path of the file on the machine.', 512),
    kubeConfig: s.optional(
      s.object('Content of the file; written to kubeConfigPath.', {
        cluster: s.optional(
          s.object(
            'How to reach the API server.',
            {
              server: s.optional(word('URL of the API server.', 512)),
              tlsServerName: s.optional(word('Name to check in its certificate.', 512)),
              insecureSkipTLSVerify: s.optional(s.boolean('Do not check its certificate.')),
              certificateAuthorityData: s.optional(
                s.text('CA certificates, base64 of PEM.', { minLength: 1, maxLength: 51200, format: 'byte' }),
              ),
              proxyURL: s.optional(word('Proxy to use.', 512)),
            },
            style.nonEmpty,
          ),
        ),
        user: s.object(
          'How to authenticate.',
          {
            authProvider: s.optional(
              s.object('Authentication plugin built into the client.', {
                name: word('Name of the plugin.', 256),
                config: s.optional(s.textMap('Its settings.')),
              }),
            ),
            exec: s.optional(
              s.object('Program that prints credentials.', {
                command: word('Program to run.', 1024),
                args: s.optional(style.list('Its arguments.', word('One argument.', 512), 100)),
                env: s.optional(
                  style.list(
                    'Environment variables for it.',
                    s.object('One variable.', {
                      name: word('Name.', 512),
                      value: word('Value.', 512),
                    }),
                    100,
                  ),
                ),
                apiVersion: s.optional(word('Version of the protocol with the program.', 512)),
                provideClusterInfo: s.optional(s.boolean('Tell the program about the cluster.')),
              }),
            ),
          },
          {
            ...style.nonEmpty,
            rules: [
              {
                rule: '!has(self.authProvider) || !has(self.exec)',
                message: 'only one of authProvider and exec may be set',
                reason: 'FieldValueForbidden',
              },
            ],
          },
        ),
      }),
    ),
  })

const discoveryCommon = (style: Style) => ({
  bootstrapToken: s.optional(
    s.object(
      'Find the cluster with a bootstrap token.',
      {
        token: s.optional(word('The token; made by the controller when absent.', 512)),
        apiServerEndpoint: s.optional(word('host:port of the API server; taken from the Cluster when absent.', 512)),
        caCertHashes: s.optional(
          style.list('Hashes of CA keys to trust; taken from the Cluster when absent.', word('One hash.', 512), 100),
        ),
        unsafeSkipCAVerification: s.optional(s.boolean('Trust any CA.')),
      },
      style.nonEmpty,
    ),
  ),
  file: s.optional(discoveryFile(style)),
  tlsBootstrapToken: s.optional(word('Token for the TLS bootstrap, where it differs.', 512)),
})

export const discoveryV1Beta1 = () =>
  s.object('How the node finds its cluster.', {
    ...discoveryCommon(v1beta1Style),
    timeout: s.optional(s.duration('Time for the discovery.')),
  })

export const discoveryV1Beta2 = () =>
  s.object('How the node finds its cluster.', discoveryCommon(v1beta2Style), v1beta2Style.nonEmpty)

const seconds = (description: string) => s.optional(s.int32(description, { minimum: 0 }))

export const timeouts = () =>
  s.object(
    'How long the steps of kubeadm may take.',
    {
      controlPlaneComponentHealthCheckSeconds: seconds('Seconds for a control plane component to become healthy.'),
      kubeletHealthCheckSeconds: seconds('Seconds for the kubelet to become healthy.'),
      kubernetesAPICallSeconds: seconds('Seconds for a call of the Kubernetes API.'),
      etcdAPICallSeconds: seconds('Seconds for a call of etcd.'),
      tlsBootstrapSeconds: seconds('Seconds for the TLS bootstrap of the kubelet.'),
      discoverySeconds: seconds('Seconds for the discovery.'),
    },
    v1beta2Style.nonEmpty,
  )

export const localAPIEndpointV1Beta1 = () =>
  s.object('Where the API server of this control plane node listens.', {
    advertiseAddress: s.optional(word('IP address.', 39)),
    bindPort: s.optional(s.int32('Port.')),
  })

export const localAPIEndpointV1Beta2 = () =>
  s.object(
    'Where the API server of this control plane node listens.',
    { advertiseAddress: s.optional(word('IP address.', 39)), bindPort: s.optional(s.int32('Port.', { minimum: 1 })) },
    v1beta2Style.nonEmpty,
  )

/** Fields of init and join that are the same in both versions. */
export function phases(style: Style) {
  return {
    patches: s.optional(
      s.object(
        'Patches of kubeadm for the manifests that it writes.',
        { directory: s.optional(word('Directory with the patches.', 512)) },
        style.nonEmpty,
      ),
    ),
    skipPhases: s.optional(style.list('Phases of kubeadm to leave out.', word('One phase.', 256), 50)),
  }
}

/** apiVersion and kind inside the kubeadm objects, which only v1beta1 had. */
export const typeMeta = () => ({
  apiVersion: s.optional(s.text('Group and version of the kubeadm object; ignored.')),
  kind: s.optional(s.text('Kind of the kubeadm object; ignored.')),
})

export const joinConfigurationV1Beta1 = () =>
  s.object('Settings of kubeadm join.', {
    ...typeMeta(),
    nodeRegistration: s.optional(nodeRegistrationV1Beta1()),
    caCertPath: s.optional(word('Path of the CA certificate on the machine.', 512)),
    discovery: s.optional(discoveryV1Beta1()),
    controlPlane: s.optional(
      s.object('Present on a further control plane node.', {
        localAPIEndpoint: s.optional(localAPIEndpointV1Beta1()),
      }),
    ),
    ...phases(v1beta1Style),
  })

export const joinConfigurationV1Beta2 = () =>
  s.object(
    'Settings of kubeadm join.',
    {
      nodeRegistration: s.optional(nodeRegistrationV1Beta2()),
      caCertPath: s.optional(word('Path of the CA certificate on the machine.', 512)),
      discovery: s.optional(discoveryV1Beta2()),
      controlPlane: s.optional(
        s.object('Present on a further control plane node.', {
          localAPIEndpoint: s.optional(localAPIEndpointV1Beta2()),
        }),
      ),
      ...phases(v1beta2Style),
      timeouts: s.optional(timeouts()),
    },
    v1beta2Style.nonEmpty,
  )

/** Everybody who gets in may do everything: there is one token. */
export const adminUser = { username: 'machinepool-admin', groups: ['system:masters', 'system:authenticated'] }

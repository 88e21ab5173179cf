const local = 'bryo works on this machine: ssh MACHINE bryo does so elsewhere';

/** podman's global flags that bryo knows and does not have, each with the reason. */
export const refusedGlobals: Readonly<Record<string, string>> = {
  conmon: 'each container has a monitor that is a part of bryo',
  connection: local,
  'hooks-dir':
    'the command line runs no hooks of the machine; devices come by descriptions for CDI, and bryo-oci runs the hooks of a bundle',
  identity: local,
  imagestore:
    'images and containers are in one store; additional image stores of storage.conf are read',
  'network-cmd-path': 'the program is named by network_cmd_path in containers.conf',
  remote: local,
  ssh: local,
  'transient-store': 'what a reboot may take is in --runroot always, and containers are kept',
  url: local,
};

import { type ConfigKey, flag, own, without } from './key.ts';

/** Verbs that fetch and bring images. */
const transfers = ['pull', 'push', 'manifest-add', 'manifest-push', 'run', 'create'];
const attaching = ['run', 'start', 'attach', 'exec'];

/** podman's names of what becomes of an image's volumes. */
function imageVolumeWord(mode: unknown): readonly string[] {
  return [mode === 'anonymous' ? 'bind' : String(mode)];
}

/** The table [engine]. */
export const engineKeys: readonly ConfigKey[] = [
  own('engine.cdi_spec_dirs', 'texts', 'Where descriptions of devices (CDI) are'),
  own(
    'engine.cgroup_manager',
    'text',
    'systemd or cgroupfs, as --cgroup-manager has it; systemd is taken only where there is one',
  ),
  flag('engine.chown_copied_files', 'flag', 'archive', { verbs: ['cp'] }),
  flag('engine.compression_format', 'text', 'compression-format', {
    verbs: ['push'],
    // In parts that can be fetched by themselves it is still zstd.
    words: (format) => [String(format).replace(':chunked', '')],
  }),
  flag('engine.detach_keys', 'text', 'detach-keys', { verbs: attaching }),
  own('engine.env', 'texts', 'Variables of bryo itself, where its caller has not set them'),
  own(
    'engine.events_container_create_inspect_data',
    'flag',
    'Whether the event of a container that is made has what bryo-inspect(1) shows of it, with sizes',
  ),
  own(
    'engine.events_logfile_max_size',
    'number',
    'Bytes of that file and of the one before it, FILE.1, together; 0: without end; two MiB otherwise',
  ),
  own('engine.events_logfile_path', 'text', 'The file of the events'),
  own('engine.events_logger', 'text', 'file, journald or none, as --events-backend has it'),
  own(
    'engine.healthcheck_events',
    'flag',
    'Whether events tell of health checks; a container keeps to it until it is started again',
  ),
  own(
    'engine.helper_binaries_dir',
    'texts',
    'Directories where the programs that bryo runs are looked for before PATH',
  ),
  flag('engine.image_default_format', 'text', 'format', {
    verbs: ['commit'],
    words: (format) => [format === 'v2s2' ? 'docker' : String(format)],
  }),
  own(
    'engine.image_parallel_copies',
    'number',
    'How many layers are fetched or sent at a time; 0: as many as usual',
  ),
  flag('engine.image_volume_mode', 'text', 'image-volume', { words: imageVolumeWord }),
  flag('engine.kube_generate_type', 'text', 'type', { verbs: ['kube-generate'] }),
  flag('engine.multi_image_archive', 'flag', 'multi-image-archive', { verbs: ['save'] }),
  own(
    'engine.network_cmd_options',
    'texts',
    'Options of slirp4netns where a container has no others',
  ),
  own('engine.network_cmd_path', 'text', 'The program slirp4netns'),
  flag('engine.pod_exit_policy', 'text', 'exit-policy', { verbs: ['pod-create'] }),
  flag('engine.pull_policy', 'text', 'pull'),
  flag('engine.retry', 'number', 'retry', { verbs: transfers }),
  flag('engine.retry_delay', 'text', 'retry-delay', { verbs: transfers }),
  flag('engine.stop_timeout', 'number', 'stop-timeout', {
    verbs: ['run', 'create', 'generate-systemd'],
  }),
  own('engine.tmp_dir', 'text', 'Where sockets of network helpers are made, as --tmpdir has it'),
  ...without('bryo has no service for remote clients', {
    'engine.active_service': 'text',
    'engine.compat_api_enforce_docker_hub': 'flag',
    'engine.exit_command_delay': 'number',
    'engine.remote': 'flag',
    'engine.remote_identity': 'text',
    'engine.remote_uri': 'text',
    'engine.service_destinations': 'tables',
    'engine.service_timeout': 'number',
    'engine.ssh_config': 'text',
  }),
  own(
    'engine.compose_providers',
    'texts',
    'Programs that bryo compose looks for, names or paths, in this order',
  ),
  own('engine.compose_warning_logs', 'flag', 'Whether bryo compose says which of them it runs'),
  ...without('bryo has no command for it', {
    'engine.podmansh_timeout': 'number',
  }),
  ...without('each container has a monitor that is a part of bryo', {
    'engine.conmon_env_vars': 'texts',
    'engine.conmon_path': 'texts',
    'engine.conmonrs_path': 'texts',
  }),
  ...without('containers are kept in files of their own, which need no database and no locks', {
    'engine.database_backend': 'text',
    'engine.lock_type': 'text',
    'engine.namespace': 'text',
    'engine.num_locks': 'number',
    'engine.static_dir': 'text',
  }),
  ...without('bryo is its own OCI runtime', {
    'engine.cgroup_check': 'flag',
    'engine.no_pivot_root': 'flag',
    'engine.platform_to_oci_runtime': 'map',
    'engine.runtime': 'text',
    'engine.runtime_path': 'texts',
    'engine.runtime_supports_json': 'texts',
    'engine.runtime_supports_kvm': 'texts',
    'engine.runtime_supports_nocgroup': 'texts',
  }),
  own(
    'engine.runtimes',
    'tables',
    'where the OCI runtimes that --runtime names are: lists of paths, of which the first that is there counts',
  ),
  own(
    'engine.infra_image',
    'text',
    'The image that is fetched for, and shown of, what holds the namespaces of a pod, as --infra-image has it',
  ),
  ...without('what holds the namespaces of a pod is a part of bryo, and no image', {
    'engine.infra_command': 'text',
  }),
  ...without('what --init runs is a part of bryo', { 'engine.init_path': 'text' }),
  ...without('the command line runs no hooks', { 'engine.hooks_dir': 'texts' }),
  ...without('ports are held by the network helpers', { 'engine.enable_port_reservation': 'flag' }),
  ...without('layers are packed with one level of compression, and lists are pushed as they are', {
    'engine.add_compression': 'texts',
    'engine.compression_level': 'number',
  }),
  ...without('there are no builds', { 'engine.image_build_format': 'text' }),
  ...without('what is fetched is staged in the store', { 'engine.image_copy_tmp_dir': 'text' }),
  ...without('a name without a transport is one of a registry', {
    'engine.image_default_transport': 'text',
  }),
  own('engine.volume_path', 'text', 'Where volumes are kept, as --volumepath has it'),
  ...without('volumes are directories', {
    'engine.volume_plugin_timeout': 'number',
    'engine.volume_plugins': 'map',
  }),
];

import type { NounText } from './noun-text.ts';

/** Facts of networks that no single command has. */
export const networkText: NounText = {
  description: [
    'All of it is done as an ordinary user and without a daemon. A network is a file until a container joins it; then bryo-net, one small process for each user, holds the bridges of all of the user’s networks in a network namespace of its own, and leaves it a second after the last container.',
  ],
  chapters: [
    {
      title: 'Modes',
      paragraphs: [
        'What --network of bryo-run(1), bryo-create(1) and bryo-pod-create(1) takes. Without it the mode is default_rootless_network_cmd of bryo-containers.conf(5), else slirp4netns, which starts fastest.',
        'slirp4netns, pasta: a network of the container’s own that leads outside by a helper program, which ends with it. With pasta the container has the host’s addresses.',
        'bridge, or NAME of a network: containers reach each other, by name, and the outside. Several can be given, each with options: --network back:ip=10.89.0.5,alias=db --network front. The network that is there without being made is called podman, or bridge under docker’s name.',
        'none, host, container:NAME, ns:PATH: no network but the loopback, the host’s, that of another container, or one that somebody else has made. A container of a pod has the pod’s.',
      ],
    },
    {
      title: 'Names',
      paragraphs: [
        'Containers of a network are found by name, by alias (--network-alias), by short id and by hostname, and back by address, from before their first instruction on until they end. Each answer is looked up when it is asked for, so nothing has to be told of containers that start or are killed.',
        'All other names are asked of the servers of the container (--dns), of the network (--dns of bryo-network-create(1)), or of the host at that moment: another resolv.conf(5), a VPN and a resolver on 127.0.0.53 count at once. Networks made with --internal have no outside names.',
      ],
    },
    {
      title: 'Published ports',
      paragraphs: [
        'With --publish a server in the container sees the addresses of its clients, of TCP and UDP, IPv4 and IPv6, in every mode; those of the host’s own loopback are shown as the gateway. They follow the container when it is connected to other networks. A port below net.ipv4.ip_unprivileged_port_start is handed over by systemd instead: -p fd:NAME:80.',
        'From a container a published port is reached at host.containers.internal, or host.docker.internal: containers with a way outside have both names in /etc/hosts, unless --no-hosts is given. What listens on the host’s loopback only is not reached from any container.',
      ],
    },
    {
      title: 'Isolation',
      paragraphs: [
        'Containers of different networks do not reach each other, nor the gateways of others, with --opt isolate or without. A container sends from its own addresses only. Root of a container has no rights over the namespace of the bridges.',
        '--egress allows what containers may reach outside and refuses all else, by address or by name; bryo-run(1) has the rules, and bryo-events(1) tells what was refused. --network NAME:rate=10mbit bounds what a container sends and gets in a second.',
      ],
    },
    {
      title: 'The LAN',
      paragraphs: [
        'bryo network create --driver macvlan --opt parent=DEVICE puts containers on the network that DEVICE is in, with addresses of it by DHCP or of --subnet. An ordinary user needs a device that an administrator has handed over once; for any other one the error says what to run. bryo-network-create(1) tells the ways.',
      ],
    },
    {
      title: 'Machines that lack something',
      paragraphs: [
        'Without nft(8) or nf_tables, routes keep bridges apart, and egress policies are refused. Without tproxy in the kernel outgoing TCP goes through slirp4netns. Without /dev/net/tun or bridges only none, host and container: are left. bryo-doctor(1) tries all of it and says what is lost and what mends it.',
      ],
    },
    {
      title: 'Files',
      paragraphs: [
        'Networks are files in the form that podman 5 has for netavark, in the directory that --network-config-dir or network_config_dir of bryo-containers.conf(5) names, else networks beside the images. Leases of addresses and names are in $XDG_RUNTIME_DIR/bryo/networks and end with their containers, however those end. Where that directory is removed while containers run, they keep their connections, addresses and ports, but have no names, and containers that are started later do not reach them, until they are restarted.',
      ],
    },
  ],
  examples: [
    {
      says: 'a database that only its application reaches',
      commands: [
        'bryo network create --internal back',
        'bryo network create front',
        'bryo run -d --name db --network back postgres',
        'bryo run -d --name app --network back --network front -p 8080:80 my-app',
      ],
    },
    {
      says: 'another network for a container that runs',
      commands: ['bryo network connect --alias cache front db'],
    },
    {
      says: 'a build that reaches its registry and nothing else',
      commands: ['bryo run --rm --egress registry.npmjs.org:443 node npm ci'],
    },
  ],
};

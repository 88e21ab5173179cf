/**
 * The system calls of the default profile, by purpose. What stands in no list of a profile is
 * unknown to it and answered with ENOSYS, so that libraries fall back as on an older kernel.
 */

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** Allowed to every container. */
export const commonCalls: readonly string[] = [
  // Files and directories.
  ...words(`access cachestat chdir chmod chown chown32 close close_range copy_file_range creat dup
    dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat
    fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync fgetxattr flistxattr flock
    fremovexattr fsetxattr fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64
    futimesat getcwd getdents getdents64 getxattr getxattrat inotify_add_watch inotify_init
    inotify_init1 inotify_rm_watch lchown lchown32 lgetxattr link linkat listxattr listxattrat
    llistxattr _llseek lremovexattr lseek lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat
    name_to_handle_at newfstatat oldfstat oldlstat oldstat open openat openat2 pread64 preadv
    preadv2 pwrite64 pwritev pwritev2 read readahead readdir readlink readlinkat readv
    removexattr removexattrat rename renameat renameat2 rmdir sendfile sendfile64 setxattr
    setxattrat splice stat stat64 statfs statfs64 statmount listmount statx symlink symlinkat sync
    sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat
    utimensat_time64 utimes vmsplice write writev`),
  // Memory.
  ...words(`brk get_mempolicy madvise map_shadow_stack mbind membarrier memfd_create memfd_secret
    mincore mlock mlock2 mlockall mmap mmap2 modify_ldt mprotect mremap mseal msync munlock
    munlockall munmap pkey_alloc pkey_free pkey_mprotect process_madvise process_mrelease
    remap_file_pages set_mempolicy set_mempolicy_home_node`),
  // Processes, threads, scheduling, signals.
  ...words(`alarm arch_prctl capget capset execve execveat exit exit_group fork futex
    futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list
    get_thread_area getcpu getpgid getpgrp getpid getppid getpriority getrlimit getrusage getsid
    gettid ioprio_get ioprio_set kill nice pause pidfd_open pidfd_send_signal prctl prlimit64
    ptrace restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
    rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo
    process_vm_readv process_vm_writev pidfd_getfd kcmp
    sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr
    sched_getparam sched_getscheduler sched_rr_get_interval sched_rr_get_interval_time64
    sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp
    set_robust_list set_thread_area set_tid_address setpgid setpriority setrlimit setsid
    sgetmask sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask sigreturn
    sigsuspend ssetmask tgkill times tkill ugetrlimit vfork wait4 waitid waitpid landlock_add_rule
    landlock_create_ruleset landlock_restrict_self lsm_get_self_attr lsm_list_modules`),
  // Users and groups.
  ...words(`getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid
    getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32
    setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid
    setresuid32 setreuid setreuid32 setuid setuid32`),
  // Time.
  ...words(`clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
    clock_gettime64 clock_nanosleep clock_nanosleep_time64 adjtimex getitimer gettimeofday
    nanosleep setitimer time timer_create timer_delete timer_getoverrun timer_gettime
    timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
    timerfd_gettime64 timerfd_settime timerfd_settime64`),
  // Sockets, pipes, polling, IPC. socket(2) itself is ruled by its family.
  ...words(`accept accept4 bind connect epoll_create epoll_create1 epoll_ctl epoll_ctl_old
    epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd eventfd2 getpeername getsockname
    getsockopt ipc listen mq_getsetattr mq_notify mq_open mq_timedreceive
    mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd
    _newselect pipe pipe2 poll ppoll ppoll_time64 pselect6 pselect6_time64 recv recvfrom recvmmsg
    recvmmsg_time64 recvmsg select semctl semget semop semtimedop semtimedop_time64 send sendmmsg
    sendmsg sendto setsockopt shmat shmctl shmdt shmget shutdown socketpair io_cancel io_destroy
    io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit`),
  // The system.
  ...words(`getrandom sysinfo uname`),
];

/** Answered with EPERM unless the named capability is in the container's bounding set. */
export const capabilityCalls: Readonly<Record<string, readonly string[]>> = {
  CAP_DAC_READ_SEARCH: ['open_by_handle_at'],
  CAP_SYS_ADMIN:
    words(`bpf fanotify_init fanotify_mark fsconfig fsmount fsopen fspick lookup_dcookie
    mount mount_setattr move_mount open_tree open_tree_attr perf_event_open pivot_root quotactl
    quotactl_fd setdomainname sethostname setns umount umount2 unshare clone clone3`),
  CAP_SYS_BOOT: ['reboot'],
  CAP_SYS_CHROOT: ['chroot'],
  CAP_SYS_MODULE: words('delete_module finit_module init_module query_module'),
  CAP_SYS_NICE: words('migrate_pages move_pages'),
  CAP_SYS_PACCT: ['acct'],
  CAP_SYS_RAWIO: words('ioperm iopl'),
  CAP_SYS_TIME: words('clock_settime clock_settime64 settimeofday stime'),
  CAP_SYS_TTY_CONFIG: ['vhangup'],
  CAP_SYSLOG: ['syslog'],
};

/** Never allowed: not namespaced, or a standing source of kernel holes. */
export const deniedCalls: readonly string[] = words(`add_key keyctl request_key io_uring_enter
  io_uring_register io_uring_setup kexec_file_load kexec_load nfsservctl swapoff swapon
  userfaultfd uselib ustat sysfs _sysctl vm86 vm86old get_kernel_syms create_module socketcall`);

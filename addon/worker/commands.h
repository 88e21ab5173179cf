// The worker's subcommands. Each returns an exit status; errors are one line on standard error.
#pragma once

namespace bryo {

int UnpackCommand(int argc, char** argv);
int RemoveCommand(int argc, char** argv);
// `own UID GID DIR`: a directory, not what is in it, belongs to these ids.
int OwnCommand(int argc, char** argv);
// `merge --dest DIR [--keep-marks] LAYER…` (lowest first): all that the layers show; with marks it
// is a layer itself, which hides of those further below what they hide.
int MergeCommand(int argc, char** argv);
// `empty-places UPPER COUNT LAYER… PATH…`: takes what is empty at these paths out of an upper
// layer, and directories above that have nothing else, unless the layers below (topmost first) have
// it.
int EmptyPlacesCommand(int argc, char** argv);
int UsageCommand(int argc, char** argv);
// `pack --owner keep|self [--report] [--plain|--dry] [--time T] [--newest T] DIR`: a directory as a
// layer on standard output, compressed with gzip or plain, with all its times set to one, or none
// later than one; dry: nothing is written. The report is a line of JSON on standard error with the
// layer's digests and sizes.
int PackCommand(int argc, char** argv);
// `delta DEST TREE LAYER...` (topmost first): what a whole tree has that its layers have not, as a
// layer.
int DeltaCommand(int argc, char** argv);
// `own-layer DEST UPPER LAYER...` (topmost first): what fuse-overlayfs keeps of a container over
// these layers, in overlay's format.
int OwnLayerCommand(int argc, char** argv);
// Lists the changes of an upper layer to those below.
int ChangesCommand(int argc, char** argv);
// `identity USER[:GROUP] LAYER…`: who that is in the image of these layers, topmost first, as JSON.
int IdentityCommand(int argc, char** argv);
// `largest-id LAYER…`: the largest id that the passwd and group files of such an image name.
int LargestIdCommand(int argc, char** argv);
// `plain [MAX UNSUSPECTED]`: standard input, plain or compressed, as plain bytes on standard
// output. Fails beyond so many bytes, and when they are more than the second number and grow as a
// bomb does.
int PlainCommand(int argc, char** argv);
// `recode gzip|zstd`: the same, compressed with another algorithm.
int RecodeCommand(int argc, char** argv);
// `assemble DIR`: makes an archive again of its headers and of the files of a directory that it was
// unpacked to, by the steps on standard input.
int AssembleCommand(int argc, char** argv);

// `send PATH NAME`: a file or directory beneath descriptor 3 as a plain tar on standard output,
// under a name; an empty name means what is in the directory and on its own mount.
int SendCommand(int argc, char** argv);
// `list DEPTH`: what is at paths beneath descriptor 3 and, so many directories deep (-1: all),
// below. On standard input, ending with NUL each: paths of which nothing is told, an empty word,
// the paths that are asked for. The fields of each thing end with NUL: number of the path, type (as
// find(1) has it; "-": it is not there), octal mode, uid, gid, size, path below that one, where a
// link leads. Links are followed at the ends of the paths alone.
int ListCommand(int argc, char** argv);
// `send-items [--digest]`: things beneath descriptor 3 as a plain tar on standard output, as the
// items on standard input say. Of each, ending with NUL: its path, its name in the tar, its octal
// mode (empty: its own), `f` if a link is followed. With --digest only the SHA-256 of such a tar of
// root's files from 1970 on standard output, in which large files are the SHA-256 of their content;
// `--keep-owners`: of everybody's. Items of which the last field is `k` are no things but keys and
// digests of files that were read before; more of these follow the answer, a line each.
int SendItemsCommand(int argc, char** argv);
// `receive PATH HOW OWNER`: the tar of standard input goes to a path beneath descriptor 3, as
// podman-cp(1) says it; with `p` in HOW directories on the way are made, with `m` directories that
// are there get the mode, owner and time of those that come; with `x` PATH is in hexadecimal, for
// it may have any byte. OWNER is `user=USER[:GROUP]`, `keep`,
// or `self` on the host.
int ReceiveCommand(int argc, char** argv);

}  // namespace bryo

# Runs one server and ends it when our standard input closes.
#
# usage: keeper.sh SIGNAL SERVER ARGUMENT...
#
# The process that started us holds the other end of the pipe. However it dies,
# kill -9 included, the kernel closes that end, `read` returns, and the server is
# told to stop. This works on Linux and macOS alike, and needs no thread or
# unsafe call in the process being watched.
signal=$1
shift

exec 3<&0 </dev/null
"$@" 3<&- &
server=$!

{
    read -r _ <&3
    kill -"$signal" "$server"
} 2>/dev/null &
watcher=$!

wait "$server"
status=$?
kill "$watcher" 2>/dev/null
exit "$status"

#!/bin/sh
# docs/howto/ipvs in a guest: the real servers' addresses are its own. $1 is the Python to run.
python=$1

until_so() {
    count=0
    until eval "$1"; do
        count=$((count + 1))
        if [ $count -gt 300 ]; then
            echo "never so: $1"
            ip addr
            ipvsadm -Ln
            cat /run/log
            exit 1
        fi
        sleep 0.2
    done
}

for number in 17 18; do
    ip addr add 172.16.100.$number/32 dev lo
    mkdir /run/$number
    echo "server $number" > /run/$number/index.html
    "$python" -m http.server 80 --bind 172.16.100.$number --directory /run/$number > /dev/null 2>&1 &
    eval "server_$number=$!"
done

"$python" -c "import sys; from standfast.cli.main import main; sys.exit(main())" keepalived -n -l -D \
    -f docs/howto/ipvs/keepalived.conf -p /run/main.pid > /run/log 2>&1 &
daemon=$!

until_so 'ip addr show eth0 | grep -q 172.16.100.100/16'
until_so '[ "$(ipvsadm -Ln | grep -c "172.16.100.1[78]:80")" = 2 ]'
kill "$server_17"
until_so '[ "$(ipvsadm -Ln | grep -c "172.16.100.1[78]:80")" = 1 ]'
kill $daemon
wait $daemon
until_so '! ip addr show eth0 | grep -q 172.16.100.100'
until_so '[ -z "$(ipvsadm -Sn)" ]'
kill "$server_18"
echo all done

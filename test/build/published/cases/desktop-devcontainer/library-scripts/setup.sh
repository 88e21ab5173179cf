mkdir -p /home/$1 && echo "$2" > /home/$1/uid && chmod 2770 /home/$1

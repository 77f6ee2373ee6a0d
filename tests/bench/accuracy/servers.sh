# shellcheck shell=bash
# Configurations of real servers, for run.sh. Each writes its files into $WORK, for the port given.

readonly LOGS_DIR=$WORK/logs

write_site() {
	mkdir -p "$WORK/site" "$LOGS_DIR"
	chmod 755 "$WORK" "$WORK/site"
	chmod 777 "$LOGS_DIR"
	echo 'a page' >"$WORK/site/page"
	head -c 12000000 /dev/zero >"$WORK/site/big"
	cat >"$WORK/site/app.php" <<-'PHP'
	<?php
	error_log("app " . $_SERVER["REQUEST_URI"]);
	echo "ok\n";
	PHP
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$WORK/key.pem" -out "$WORK/cert.pem" \
		-days 30 -subj /CN=localhost 2>"$WORK/openssl.err"
	cat "$WORK/cert.pem" "$WORK/key.pem" >"$WORK/both.pem"
}

as_user() { [ "$(id -u)" != 0 ] || echo "$1"; }

# nginx: static files, and what it passes on to UPSTREAM, to a port that nobody listens on, to PHP.
write_nginx() { # PORT UPSTREAM [listen words]
	local closed
	free_port closed
	cat >"$WORK/nginx.conf" <<-CONF
	$(as_user "user $(id -un) $(id -gn);")
	daemon off;
	worker_processes 2;
	pid $WORK/nginx-$1.pid;
	error_log $LOGS_DIR/error.log;
	events { worker_connections 400; }
	http {
		access_log $LOGS_DIR/access.log;
		client_body_temp_path $WORK/body;
		proxy_temp_path $WORK/proxy;
		fastcgi_temp_path $WORK/fastcgi;
		uwsgi_temp_path $WORK/uwsgi;
		scgi_temp_path $WORK/scgi;
		upstream up { server 127.0.0.1:$2; keepalive 8; }
		server {
			listen 127.0.0.1:$1 ${3-};
			ssl_certificate $WORK/cert.pem;
			ssl_certificate_key $WORK/key.pem;
			root $WORK/site;
			location /aio/ { alias $WORK/site/; aio threads; directio 512; }
			location /up {
				proxy_pass http://up;
				proxy_http_version 1.1;
				proxy_set_header Connection "";
			}
			location /refused { proxy_pass http://127.0.0.1:$closed; }
			location /app.php {
				fastcgi_pass unix:$WORK/php.sock;
				fastcgi_param REQUEST_METHOD \$request_method;
				fastcgi_param REQUEST_URI \$request_uri;
				fastcgi_param SCRIPT_FILENAME $WORK/site/app.php;
				fastcgi_param SERVER_PROTOCOL \$server_protocol;
				fastcgi_param CONTENT_LENGTH \$content_length;
			}
		}
	}
	CONF
}

write_apache() { # PORT MPM [on for TLS]
	local modules=/usr/lib/apache2/modules
	cat >"$WORK/apache.conf" <<-CONF
	ServerRoot $WORK
	ServerName localhost
	Listen 127.0.0.1:$1
	PidFile $WORK/apache-$1.pid
	DefaultRuntimeDir $WORK
	LoadModule mpm_$2_module $modules/mod_mpm_$2.so
	LoadModule authz_core_module $modules/mod_authz_core.so
	LoadModule ssl_module $modules/mod_ssl.so
	$(as_user "User nobody")
	$(as_user "Group nogroup")
	KeepAliveTimeout 20
	MaxKeepAliveRequests 0
	MaxRequestWorkers 100
	DocumentRoot $WORK/site
	ErrorLog $LOGS_DIR/error.log
	CustomLog $LOGS_DIR/access.log "%h \"%r\" %>s %b"
	<Directory $WORK/site>
	Require all granted
	</Directory>
	SSLEngine ${3-off}
	SSLCertificateFile $WORK/cert.pem
	SSLCertificateKeyFile $WORK/key.pem
	CONF
}

write_lighttpd() { # PORT
	cat >"$WORK/lighttpd.conf" <<-CONF
	server.document-root = "$WORK/site"
	server.bind = "127.0.0.1"
	server.port = $1
	server.pid-file = "$WORK/lighttpd.pid"
	server.errorlog = "$LOGS_DIR/error.log"
	server.modules = ("mod_accesslog")
	accesslog.filename = "$LOGS_DIR/access.log"
	server.max-keep-alive-requests = 100000
	CONF
}

write_haproxy() { # PORT UPSTREAM SYSLOG_PORT
	cat >"$WORK/haproxy.cfg" <<-CONF
	global
		nbthread 2
		log 127.0.0.1:$3 local0
	defaults
		mode http
		log global
		option httplog
		timeout connect 5s
		timeout client 20s
		timeout server 20s
	frontend in
		bind 127.0.0.1:$1
		default_backend out
	backend out
		server up 127.0.0.1:$2
	CONF
}

write_php_fpm() {
	cat >"$WORK/php-fpm.conf" <<-CONF
	[global]
	pid = $WORK/php-fpm.pid
	error_log = $LOGS_DIR/fpm.log
	daemonize = no
	[www]
	$(as_user "user = $(id -un)")
	$(as_user "group = $(id -gn)")
	listen = $WORK/php.sock
	listen.mode = 0666
	pm = static
	pm.max_children = 8
	php_admin_value[error_log] = $LOGS_DIR/app.log
	php_admin_flag[log_errors] = on
	CONF
}

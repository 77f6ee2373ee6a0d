#!/usr/bin/env perl
# Takes orders from the queue and has them paid for; tries twice. Perl's own modules only.
# usage: worker.pl REDIS_SOCKET PROVIDER_PORT
use strict;
use warnings;
use HTTP::Tiny;
use IO::Socket::UNIX;
use JSON::PP;
use POSIX qw(strftime);

my ($socket_path, $provider_port) = @ARGV;
my $attempts = 2;
my $http = HTTP::Tiny->new(timeout => 10, agent => 'shop-worker');

sub note {
	my ($level, $text) = @_;
	print STDERR strftime('%Y-%m-%d %H:%M:%S', localtime), " $level worker: $text\n";
}

sub command {    # one Redis command; returns its reply
	my ($redis, @words) = @_;
	print $redis '*' . @words . "\r\n", map { '$' . length($_) . "\r\n$_\r\n" } @words;
	$redis->flush;
	return reply($redis);
}

sub reply {
	my ($redis) = @_;
	my $line = <$redis> // die "the queue is gone\n";
	$line =~ s/\r\n$//;
	my $value = substr($line, 1);
	return [map { reply($redis) } 1 .. $value] if $line =~ /^\*[0-9]/;
	die "the queue says: $value\n" if $line =~ /^-/;
	return $value if $line =~ /^[+:]/;
	return undef if $value < 0;
	read($redis, my $bytes, $value + 2) == $value + 2 or die "the queue is gone\n";
	return substr($bytes, 0, $value);
}

sub pay {    # returns the provider's last status
	my ($job) = @_;
	my %headers = ('Content-Type' => 'application/json');
	for my $name (qw(traceparent tracestate x-request-id)) {
		$headers{$name} = $job->{headers}{$name} if defined $job->{headers}{$name};
	}
	my $response;
	for my $attempt (1 .. $attempts) {
		$response = $http->post("http://127.0.0.1:$provider_port/pay",
			{ headers => \%headers, content => encode_json($job->{body}) });
		last if $response->{success};
		note('WARN', "order $job->{body}{order}: attempt $attempt: provider answered "
			. $response->{status});
	}
	return $response->{status};
}

my $redis = IO::Socket::UNIX->new(Peer => $socket_path) or die "no queue: $!\n";
note('INFO', 'waits for orders');
while (1) {
	my $item = command($redis, 'BRPOP', 'orders', 0);
	my $job = eval { decode_json($item->[1]) };
	if (!$job || ref $job->{body} ne 'HASH') {
		note('ERROR', 'an order that cannot be read');
		next;
	}
	note('INFO', "order $job->{body}{order}: begins");
	my $status = pay($job);
	if ($status == 200) {
		note('INFO', "order $job->{body}{order}: done");
	} else {
		note('ERROR', "order $job->{body}{order}: given up");
	}
	command($redis, 'RPUSH', "done:$job->{body}{order}", $status);
}

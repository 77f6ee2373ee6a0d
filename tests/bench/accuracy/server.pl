#!/usr/bin/perl
# Reads its requests byte by byte from descriptor 0, a copy of the connection: server.pl PORT.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();

my $listener = IO::Socket::INET->new(LocalAddr => "127.0.0.1:$ARGV[0]", Listen => 200,
	ReuseAddr => 1) or die "$!";
$| = 1;
while (my $connection = $listener->accept) {
	POSIX::dup2(fileno($connection), 0);
	close $connection;
	open my $in, '+<&=', 0 or die "$!";
	my $head = '';
	1 while $head !~ /\r\n\r\n\z/ && sysread $in, $head, 1, length $head;
	my ($target) = $head =~ /^\S+ (\S+)/;
	syswrite STDERR, "before $target\n" if $target;
	syswrite $in, "HTTP/1.0 200 OK\r\n\r\nok\n";
	syswrite STDERR, "after $target\n" if $target;
	POSIX::close(0);
}

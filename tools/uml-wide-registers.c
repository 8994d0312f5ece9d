/* Lets user-mode-linux run where the processor's extended state is larger than the kernel inside knows (AMX).
 *
 * The host refuses to set a part of the extended state (EFAULT), and 6.1 guests set only the part that they know.
 * Loaded with LD_PRELOAD this fills in the rest from what the process has.
 *
 *   cc -shared -fPIC -O2 -o uml-wide-registers.so tools/uml-wide-registers.c
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

long ptrace(enum __ptrace_request request, ...)
{
	static long (*next)(enum __ptrace_request, ...);
	static char whole[65536] __attribute__((aligned(64)));
	struct iovec all = { whole, sizeof whole }, *given;
	va_list rest;
	pid_t process;
	void *address, *data;

	va_start(rest, request);
	process = va_arg(rest, pid_t);
	address = va_arg(rest, void *);
	data = va_arg(rest, void *);
	va_end(rest);
	if (!next)
		next = (long (*)(enum __ptrace_request, ...))dlsym(RTLD_NEXT, "ptrace");
	if (request != PTRACE_SETREGSET || (unsigned long)address != NT_X86_XSTATE)
		return next(request, process, address, data);
	given = data;
	if (next(PTRACE_GETREGSET, process, address, &all) < 0 || all.iov_len <= given->iov_len)
		return next(request, process, address, data);
	memcpy(whole, given->iov_base, given->iov_len);
	return next(request, process, address, &all);
}

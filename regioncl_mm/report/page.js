'use strict';

// Numbers that are missing come last, whichever way is sorted.
function sortBy(table, index, ascending) {
  const value = (row) => row.cells[index].dataset.value ?? '';
  const body = table.tBodies[0];
  const rows = [...body.rows];
  rows.sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === '' || y === '') return (x === '') - (y === '');
    const numbers = [Number(x), Number(y)];
    const order = numbers.some(Number.isNaN)
      ? x.localeCompare(y) : numbers[0] - numbers[1];
    return ascending ? order : -order;
  });
  body.append(...rows);
}

for (const table of document.querySelectorAll('table.numbers')) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, index) => {
    head.querySelector('button').addEventListener('click', () => {
      // The best first; a second click turns it round.
      const ascending = head.getAttribute('aria-sort') === 'descending';
      heads.forEach((other) => other.removeAttribute('aria-sort'));
      head.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
      sortBy(table, index, ascending);
    });
  });
}

document.getElementById('filter').addEventListener('change', (event) => {
  document.body.classList.toggle('filtered', event.target.checked);
});

document.addEventListener('click', (event) => {
  const button = event.target.closest('button.run');
  if (!button) return;
  document.getElementById('run-title').textContent = button.title;
  document.getElementById('run-commands').textContent =
    button.dataset.commands;
  document.getElementById('run').showModal();
});

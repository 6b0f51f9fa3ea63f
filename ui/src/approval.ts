import { mount } from 'svelte';
import './design/base.css';
import ApprovalPage from './approvals/ApprovalPage.svelte';

const target = document.querySelector('#app');
if (target) mount(ApprovalPage, { target });
